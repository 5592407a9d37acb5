"""Opening hours: hours of the week, single days, public holidays. Pure."""
