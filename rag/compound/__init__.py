"""Questions of several clauses, each told in another article."""
