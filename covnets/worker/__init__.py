"""The process that trains: takes runs, trains them move by move, records and keeps them."""
