#include <heddle/contracts/bulkhead.hpp>
#include <heddle/generators/recorded_history.hpp>

namespace heddle::contracts::detail {
namespace {

using model = models::bulkhead;
using port = bulkhead_port;
using session = bulkhead_session;
using std::chrono::nanoseconds;

// A step of the clock; deadlines lie around it.
constexpr nanoseconds step(10);

// --- What a process does

model::acquire_result keep(port& pool, session& own, port::admission seen) {
  if (seen.ticket == nullptr) return seen.answer;
  if (pool.left_over.is_main())
    pool.left_over.add(std::move(seen.ticket));
  else
    own.tickets.push_back(std::move(seen.ticket));
  return seen.answer;
}

model::acquire_result acquire(port& pool, session& own, nanoseconds deadline) {
  return keep(pool, own, pool.acquire(pool.started + deadline));
}

model::acquire_result try_acquire(port& pool, session& own) {
  return keep(pool, own, pool.try_acquire());
}

std::unique_ptr<port::held_ticket> take(port& pool, session& own) {
  return (own.tickets.empty() ? pool.left_over.take(0) : take_right(own.tickets, 0)).right;
}

// Both answer whether there was a ticket.

bool release(port& pool, session& own) {
  const auto used = take(pool, own);
  if (used == nullptr) return false;
  used->release();
  return true;
}

bool drop(port& pool, session& own) {
  struct failure_inside {};
  auto used = take(pool, own);
  if (used == nullptr) return false;
  try {
    const auto guard = std::move(used);
    throw failure_inside();
  } catch (const failure_inside&) {
  }
  return true;
}

// More than any configuration admits.
constexpr int enough = 8;

int free_slots(port& pool) {
  std::vector<std::unique_ptr<port::held_ticket>> tickets;
  while (tickets.size() < enough) {
    port::admission seen = pool.try_acquire();
    if (seen.ticket == nullptr) break;
    tickets.push_back(std::move(seen.ticket));
  }
  return static_cast<int>(tickets.size());
}

// --- What it is for the model

// Who comes too late for a ticket that the first calls left may learn so before the other's release takes
// effect: that is this glue's doing and says nothing of the bulkhead.
bool may_release(model& m, caller who, const observed<bool>& seen) {
  const bool own = who.process == main_process || m.held.contains(who.process);
  if (!own && seen.may_be(false)) return true;
  return seen.may_be(m.release(own ? who : caller{main_process}, 0));
}

bool may_return(model& m, caller who, nanoseconds /*deadline*/, const observed<model::acquire_result>& seen) {
  return m.granted(who, seen);
}

int model_free_slots(const model& m) {
  return m.max_concurrent - m.active;
}

}  // namespace

bulkhead_contract contract_of(const std::type_info& type, make_bulkhead make, std::string name) {
  const auto around_a_step = [] {
    return std::vector<nanoseconds>{step, nanoseconds(1), step - nanoseconds(1), step + nanoseconds(1),
                                    2 * step};
  };
  std::vector<nanoseconds> deadlines = around_a_step();
  deadlines.push_back(nanoseconds(0));
  bulkhead_contract c(std::move(name));
  c.subject_is(type)
      .operation_in_two_steps("acquire", &acquire, &model::request, &may_return, simplest_first(deadlines))
      .weight(45)
      .operation("try_acquire", &try_acquire, &model::try_acquire)
      .weight(15)
      .operation("release", &release, &may_release)
      .weight(35)
      .operation("drop", &drop, &may_release)
      .weight(5)
      .configured_by(combined(
                         [](int at_once, int queued) {
                           return bulkhead_settings{at_once, queued};
                         },
                         simplest_first<int>({1, 1, 2, 3}), simplest_first<int>({0, 1, 2})),
                     std::move(make),
                     [](const bulkhead_settings& s) {
                       return model{.max_concurrent = s.max_concurrent, .max_queued = s.max_queued};
                     })
      .time_steps(simplest_first(around_a_step()))
      .finally("free_slots", &free_slots, &model_free_slots);
  return c;
}

}  // namespace heddle::contracts::detail
