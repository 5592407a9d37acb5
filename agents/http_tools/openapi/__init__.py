"""Tools proposed by the documents of servers: OpenAPI's operations, and schemas of MCP servers.

proposals.py    the operations of an OpenAPI document as definitions
body.py         the body of an operation as a template with its parameters
schemas.py      what a schema comes to: references, alternatives, members, parameters; pure
names.py        texts and names; pure
"""
