"""What the tests of extension add: each thing lies in a folder, as a real one would."""
