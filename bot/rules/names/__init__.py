"""Finding a person by what somebody typed."""
