"""A call under simulation: in one process, and after a crash in the next.

providers    what hears, writes and speaks, each wait and each failure a choice
book         the rows of the call, and the thread that writes them
caller       the caller, the carrier's buffer, and what was heard
process      the driver with its engine, as one process runs it
scenario     a whole call with one fault, and what must hold after it
errands      one in which servers are asked, callers put through, and sound is kept
outside      those servers, a model that wants them asked, a caller whose sound has numbers
storing      the storage of recordings, and the thread that carries sound to it
kept_sound   what must hold of what is stored
"""
