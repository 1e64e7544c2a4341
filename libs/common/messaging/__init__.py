"""Messages between services: nothing lost (confirm, then delete), nothing twice (inbox, then ack)."""
