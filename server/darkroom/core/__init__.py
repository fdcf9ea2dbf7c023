"""What is decided: pure functions over frozen values. Nothing here touches a file, a clock or the network."""
