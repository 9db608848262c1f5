"""Units, who is on duty and near, tasks, notifications."""
