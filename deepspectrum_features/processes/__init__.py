"""Work in other processes, side by side or apart where a crash does no harm; memory of this one."""
