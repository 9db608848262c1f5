"""What the centre wants of this box: believed, tried, kept, watched, taken back when the box fares worse."""
