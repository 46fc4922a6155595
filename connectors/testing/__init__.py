"""What a connector's author needs to prove it: an in-process sandbox, a clock to move, and the conformance suite."""
