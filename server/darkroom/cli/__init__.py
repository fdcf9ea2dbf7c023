"""What people see: the commands, progress bars and tables."""
