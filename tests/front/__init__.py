"""What people see: windows, Home, golden files."""
