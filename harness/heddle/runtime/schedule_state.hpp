// The schedule in progress: what choosing.cpp, steps.cpp, thread_life.cpp and scheduler.cpp share and nobody
// else sees.
#pragma once

#include <cstddef>
#include <cstdint>

#include <heddle/runtime/scheduler.hpp>

namespace heddle::runtime {

/// How far time goes when it is polled, at first; see choosing.cpp.
inline constexpr nanoseconds poll_tick_ns = 1'000;

struct schedule {
  chooser* decide = nullptr;
  clock_listener* clock = nullptr;
  options how;
  result outcome;
  std::uint32_t waiting_patiently = 0;  // threads with patience other than none
  std::uint32_t with_deadline = 0;
  std::uint64_t write_epoch = 1;
  nanoseconds time = 0;
  nanoseconds poll_tick = poll_tick_ns;
  std::int64_t wall_offset = 0;
  std::uint64_t random_state = 0;
  std::size_t unfinished_access = 0;  // 1-based index into the trace, or 0
  char message[512] = "";  // a crash may have stopped malloc: the text becomes a string after the schedule
  bool discard_culprit = false;
  std::uintptr_t watched = 0;
  std::size_t watched_bytes = 0;
};
extern schedule* running_schedule;

/// The memory of thread `id`: there is a thread in it if id < clock_width.
thread& thread_at(std::uint32_t id);

inline void lose_patience(thread& t) {
  if (t.waits == thread::patience::none) return;
  t.waits = thread::patience::none;
  --running_schedule->waiting_patiently;
}

inline void be_patient(thread& t, thread::patience how) {
  if (t.waits == thread::patience::none) ++running_schedule->waiting_patiently;
  t.waits = how;
}

inline void mix_hash(std::uint64_t value) {
  std::uint64_t& h = running_schedule->outcome.hash;
  h = (h ^ value) * 0x100000001b3ull;
}

inline void note_frame(thread& t, const void* frame) {
  const auto address = reinterpret_cast<std::uintptr_t>(frame);
  if (address < t.lowest_frame) t.lowest_frame = address;
}

// --- choosing.cpp

/// Who takes the next step. Time passes as a side effect when nobody can run or when the clock is chosen.
thread& choose_next();
/// Lets time pass for a loop that polls the clock.
void tick();
/// Everybody who could run is waiting for a change that will not come by itself: lets them look again, and if
/// somebody polls the clock, lets time pass. False if nobody was waiting so.
bool end_all_patience();

// --- steps.cpp

/// The thread is about to read: does it do nothing else?
void notice_spinning(thread& t);
/// The turn is the thread's: what it announced happens now.
void start_step(thread& t);
void record_event(event e);

// --- thread_life.cpp

/// The OS thread that calls becomes the one that fibers are entered from and left to.
void adopt_calling_thread();
/// Runs fibers, this one first, until one goes back to the root.
void enter(thread& first);
void switch_to(thread& next);
[[noreturn]] void back_to_root();
void finish_thread(thread& t);
void forget_exit_calls(thread& t);
/// std::set_terminate's; while out of control, what was set before decides.
void install_terminate_handler();

}  // namespace heddle::runtime
