"""What this machine has and lacks for running Placewatch, each finding with its remedy."""
