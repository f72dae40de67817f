"""Who works here: one person across accounts, roles, absences, and whom a name may mean."""
