"""What people's files say: staff lists, rolls, terms, policies. No rule of the policy in here, and no database."""
