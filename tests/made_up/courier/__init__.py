"""A carrier that there is not: JSON in place of forms and TwiML, and words of its own."""
