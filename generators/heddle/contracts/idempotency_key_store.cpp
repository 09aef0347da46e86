#include <stdexcept>
#include <vector>

#include <heddle/contracts/idempotency_key_store.hpp>
#include <heddle/generators/environment.hpp>

namespace heddle::contracts {
namespace {

using model = models::idempotency_key_store;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr nanoseconds lease = seconds(30);
constexpr nanoseconds retention = std::chrono::hours(24);
constexpr nanoseconds retry_after = seconds(6);

// A lost connection, as an effect reports it.
struct connection_lost : std::runtime_error {
  connection_lost() : std::runtime_error("connection lost") {}
};

// --- Model: the generated request without its mishap, which the model knows only by what was seen

model::states claim(const model& m, caller who, const model::scope& of, const attempt& how,
                    const observed<model::reply>& got) {
  return m.claim(who, of, how.body, got);
}

model::states complete(const model& m, caller who, const model::scope& of, const attempt& how,
                       const observed<model::reply>& got) {
  return m.complete(who, of, how.body, got);
}

// Recovery visits every key, each at a moment of its own: a model is of one key (the contract is keyed).
template <class Visit>
model::states visit_all(const model& m, Visit visit) {
  model::states reachable{m};
  for (const auto& [of, entry] : m.entries) {
    model::states next;
    for (const model& each : reachable)
      for (model& after : visit(each, of)) next.push_back(std::move(after));
    reachable = std::move(next);
  }
  return reachable;
}

model::states recover(const model& m, caller who, const observed<void>&) {
  return visit_all(m, [who](const model& each, const model::scope& of) { return each.recover(who, of); });
}

model::states recovered(const model& m, caller who, const observed<void>&) {
  return visit_all(m, [who](const model& each, const model::scope& of) { return each.recovered(who, of); });
}

// --- Generators

std::vector<model::scope> scopes() {
  return {{"ann", "pay", "k1"}, {"bob", "pay", "k1"}, {"ann", "pay", "k2"}};
}

generator<model::scope> requests() {
  return simplest_first<model::scope>({scopes()[0], scopes()[0], scopes()[1], scopes()[2]});
}

generator<attempt> attempts() {
  using enum mishap;
  return combined(
      [](std::string body, mishap what, std::uint32_t call) {
        return attempt{std::move(body), what, what == crash_at_table_call ? call : 1};
      },
      simplest_first<std::string>({"b1", "b1", "b1", "b2"}),
      simplest_first<mishap>({none, none, none, none, refused, lost_before, lost_after, throws_before,
                              throws_after, crash_before_effect, crash_after_effect, crash_at_table_call,
                              crash_at_table_call}),
      simplest_first<std::uint32_t>({3, 3, 2, 1}));
}

idempotency_settings settings(bool store_all) {
  return {.store_all = store_all, .lease = lease, .retention = retention};
}

generator<nanoseconds> steps() {
  constexpr nanoseconds tick(1);
  return simplest_first<nanoseconds>(
      {lease + tick, retry_after, lease + tick, lease, lease - tick, retention - lease, retention, tick});
}

}  // namespace

// --- The world

std::string idempotency_world::charge(const model::scope& of, const std::string& downstream_key) {
  const std::lock_guard held(mutex_);
  const auto [found, is_new] =
      charged_.try_emplace(downstream_key, "receipt " + std::to_string(charged_.size() + 1));
  if (is_new) ++ledger_[of];
  return found->second;
}

idempotency_world::answer idempotency_world::run_effect(const idempotent_request& r,
                                                        const std::string& downstream_key) {
  using fate = answer::fate;
  switch (r.how.what_happens) {
    case mishap::refused:
      return {fate::not_executed, "refused"};
    case mishap::lost_before:
      return {fate::unknown, {}};
    case mishap::throws_before:
      throw connection_lost();
    case mishap::crash_before_effect:
      crash_this_process();
    default:
      break;
  }
  std::string receipt = charge(r.of, downstream_key);
  switch (r.how.what_happens) {
    case mishap::lost_after:
      return {fate::unknown, {}};
    case mishap::throws_after:
      throw connection_lost();
    case mishap::crash_after_effect:
      crash_this_process();
    default:
      return {fate::executed, std::move(receipt)};
  }
}

idempotency_world::answer idempotency_world::resume(const model::scope& of,
                                                    const std::string& downstream_key) {
  return {answer::fate::executed, charge(of, downstream_key)};
}

void idempotency_world::before_table_call(const idempotent_request& r, std::uint32_t& calls_made) const {
  if (++calls_made == r.how.table_call && r.how.what_happens == mishap::crash_at_table_call)
    crash_this_process();
}

std::uint32_t idempotency_world::effects(const model::scope& of) const {
  const std::lock_guard held(mutex_);
  const auto found = ledger_.find(of);
  return found == ledger_.end() ? 0 : found->second;
}

// --- The contract

idempotency_contract idempotency_key_store(make_idempotency make, std::string name) {
  idempotency_contract c(std::move(name));
  c.operation_in_two_steps(
       "handle",
       [](idempotency_fixture& f, const model::scope& of, const attempt& how) {
         return f.store->handle({of, how});
       },
       claim, complete, requests(), attempts())
      .keyed()
      .weight(6)
      .operation_in_two_steps(
          "recover", [](idempotency_fixture& f) { f.store->recover(); }, recover, recovered)
      .configured_by(
          simplest_first<idempotency_settings>(
              {settings(true), settings(true), settings(true), settings(false)}),
          [make](const idempotency_settings& s) {
            auto world = std::make_unique<idempotency_world>();
            auto store = make(s, *world);
            return idempotency_fixture{std::move(world), std::move(store)};
          },
          [](const idempotency_settings& s) {
            return model{.store_all = s.store_all, .lease = s.lease, .retention = s.retention};
          })
      .time_steps(steps())
      .may_crash();
  for (const model::scope& of : scopes())
    c.finally(
         "effects", [](idempotency_fixture& f, const model::scope& s) { return f.world->effects(s); },
         &model::effects, of)
        .keyed();
  return c;
}

}  // namespace heddle::contracts
