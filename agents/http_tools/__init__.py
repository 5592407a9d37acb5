"""HTTP tools of organizations: defined, frozen with a version, called through the fence.

    definition.py   what a tool is, as values and as JSON; pure
    limits.py       how long and how many; pure
    arguments.py    its parameters as a JSON schema, and a model's arguments checked; pure
    filling.py      the request: placeholders filled in, encoded for where they are; pure
    picking.py      the part of an answer that a path names; pure
    offering.py     a definition as a tool of `agents.tools`; pure
    calling.py      the request sent, its answer for the model
    mcp.py          tools of MCP servers: listed and run
    models.py       the definitions of an organization
    checking.py     what is wrong with a definition, in words
    storing.py      saved, deleted, tried; with their entries of the audit log
    frozen.py       what a version takes along when it is prepared
    openapi/        definitions proposed by an OpenAPI document

What a server answers is data for a model. It changes nothing of what an agent may do.
"""
