"""The doors that speak HTTP: the application, who is at the door, and how a refusal looks."""
