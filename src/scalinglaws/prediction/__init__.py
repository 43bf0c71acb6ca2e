"""What a table of runs says of the next run, and which runs would say more."""
