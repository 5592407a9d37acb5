"""How people log in, stay logged in, and change how they do."""
