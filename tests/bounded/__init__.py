"""No file stops the bot: what people send is read in a process of its own, with limits."""
