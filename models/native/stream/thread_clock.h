#pragma once

namespace sashimi {

/// Seconds that only go forward.
double now_seconds();
/// Seconds of a processor that the calling thread has had; 0 where the system does not tell.
double thread_cpu_seconds();

}  // namespace sashimi
