#include <algorithm>

#include <heddle/harness/strategies/dependence.hpp>
#include <heddle/harness/strategies/partial_order_sampling.hpp>

namespace heddle::harness {
namespace {

using runtime::pending_operation;

constexpr std::uint64_t passed_over_max = 200;  // choices until an operation draws anew

pending_operation operation_of(runtime::thread_id thread, const runtime::choice_point& point) {
  if (thread != runtime::clock_thread) return point.pending[thread];
  pending_operation time_passes;
  time_passes.kind = runtime::action::clock_advance;
  return time_passes;
}

}  // namespace

void partial_order_sampling::begin(std::uint64_t seed) {
  random_ = random_stream(seed);
  events_.fill({});
  choices_ = last_step_ = 0;
  last_ = runtime::no_thread;
}

// The thread chosen last has taken its step; perhaps it and others took more that were no choice, the current
// one last. If the clock was chosen nobody need have.
void partial_order_sampling::forget_executed(const runtime::choice_point& point) {
  events_[last_].drawn_at = 0;
  if (last_ != runtime::clock_thread || point.step > last_step_ + 1) events_[point.current].drawn_at = 0;
}

std::uint64_t partial_order_sampling::draw(runtime::thread_id thread) {
  constexpr int draws_of_clock = 8;
  std::uint64_t least = random_.next();
  for (int i = 1; i < draws_of_clock && thread == runtime::clock_thread; ++i)
    least = std::min(least, random_.next());
  return least;
}

// Gives the thread's operation a priority unless it has one.
void partial_order_sampling::look_at(runtime::thread_id thread, const runtime::choice_point& point) {
  event& e = events_[thread];
  const pending_operation now = operation_of(thread, point);
  const bool same = e.drawn_at != 0 && e.what.kind == now.kind && e.what.pc == now.pc;
  if (same && choices_ - e.drawn_at <= passed_over_max) return;
  e = {now, draw(thread), choices_};
}

runtime::thread_id partial_order_sampling::choose_thread(const runtime::choice_point& point) {
  forget_executed(point);
  ++choices_;
  runtime::thread_id best = point.enabled.front();
  for (const runtime::thread_id t : point.enabled) {
    look_at(t, point);
    if (events_[t].priority > events_[best].priority) best = t;
  }
  for (const runtime::thread_id t : point.enabled)
    if (t != best && conflict(events_[t].what, events_[best].what)) events_[t].drawn_at = 0;
  last_ = best;
  last_step_ = point.step;
  return best;
}

}  // namespace heddle::harness
