"""The watch: readings and hours to verdicts, verdicts to states, states to notifications and evidence."""
