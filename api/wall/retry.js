// A link followed from another site arrives without the strict cookie it has just set; ask once from here.
const answer = await fetch("/api/v1/me");
if (answer.ok) location.replace("/wall");
