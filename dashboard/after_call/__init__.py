"""Pages about finished calls: annotations, unanswered questions, shared links."""
