//! The hash map of the core: its keys are ids, and it is asked for every frame.

/// A map that hashes an id in a fraction of the time that the standard one takes. Whoever could
/// choose the keys to collide, the server, decides on no more of them than there are open calls and
/// feeds.
pub(super) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::FixedState>;
