"""Calls while they last: the list, and its sockets."""
