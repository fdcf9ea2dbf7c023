"""How it is said: the gateway's bytes in both directions, without a network."""
