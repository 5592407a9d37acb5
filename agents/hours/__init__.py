"""When an organization is open: hours of the week, single days, public holidays. Pure."""
