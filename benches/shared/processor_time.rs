//! The processor time used by this process so far, in all threads. Linux only.

use std::time::Duration;

pub(crate) fn spent() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this bench is for Linux");
    let (_, fields) = stat.rsplit_once(") ").expect("the format of proc(5)");
    let fields = fields.split(' ').skip(11).take(2);
    let ticks: u64 = fields
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum();
    // A tick is a hundredth of a second on every Linux machine.
    Duration::from_millis(ticks * 10)
}
