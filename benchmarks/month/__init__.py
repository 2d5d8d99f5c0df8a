"""What goes on beside the readings of ``./dev bench alert_month``: marks, and who declares them."""
