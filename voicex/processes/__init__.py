"""The processes of the service: started, watched, ended."""
