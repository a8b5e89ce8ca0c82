"""A gym for locomotion with exact derivatives."""
