"""What people may fill in: filters of customers and audit, users, consent."""
