"""End-of-turn detection by audio, used when the words leave a doubt."""
