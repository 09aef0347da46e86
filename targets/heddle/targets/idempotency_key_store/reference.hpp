// Idempotency keys: requests with the same key have one effect, and all of them get its one response.
//
// Semantics: Stripe's idempotent requests, and the IETF draft "The Idempotency-Key HTTP Header Field"
// (httpapi) for the refusals: 400 key missing, 409 the first request is still in progress, 422 the key was
// used with another body. Refusals are not stored.
//
// Algorithm: the first request claims the key by inserting a row "in progress" with a lease, runs the effect,
// and replaces the row by "done" with the response; both are compare-and-set on the row's revision, so there
// is one owner at a time. A lease that is over means that the owner died, or is slow: the next request (or
// `recover`) takes the row over and runs the effect again *under the same downstream key*.
//
// What makes that exactly once: the downstream system must deduplicate by the downstream key (a payment
// provider's own idempotency key, a unique column of the ledger). The key names the row, so a new use of an
// expired key is a new effect. Without such a downstream, nobody can tell an owner that died before its
// effect from one that died after it.
//
// Time: leases and expiry are counted by the table, from the moment of its write, as a database's clock does.
// Here it is steady_clock, so that stepping the wall clock neither expires nor prolongs anything; a table
// that outlives the machine's boot, or is shared by machines, needs the database's clock, to compare with
// too.
//
// Complexity: a request makes one to three calls of the table when nobody interferes; every repetition is due
// to someone's progress.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include <heddle/targets/idempotency_key_store/store_port.hpp>

namespace heddle::targets::idempotency_key_store {

/// What the caller of an effect knows of it afterwards.
struct effect_outcome {
  enum class fate : std::uint8_t {
    executed,      ///< it happened; `reply` is what it answered, be that a success or a failure
    not_executed,  ///< it certainly did not and will not happen (refused, not sent); `reply` says why
    unknown,       ///< no answer: it may have happened or may yet happen
  };
  fate what = fate::unknown;
  response reply{};
};

/// Performs the effect, and hands the key to whoever deduplicates it. An exception means that the outcome is
/// unknown.
using effect = std::function<effect_outcome(const std::string& downstream_key)>;

/// Performs, or looks up, the effect of a request whose owner is gone.
using resume = std::function<effect_outcome(const record_key& request, const std::string& downstream_key)>;

struct reply {
  enum class kind : std::uint8_t {
    completed,     ///< this request's effect took place, and the response is stored
    replayed,      ///< the stored response of an earlier request
    not_executed,  ///< there was no effect; whether that is stored is a matter of the policy
    missing_key,   ///< 400
    in_progress,   ///< 409
    mismatch,      ///< 422
    unknown,       ///< the effect may or may not have happened; ask again with the same key
  };
  kind what = kind::unknown;
  response answer{};
  bool operator==(const reply&) const = default;
};

/// Which responses are stored.
enum class policy : std::uint8_t {
  store_all,               ///< every response of an effect, failures and "not executed" included (Stripe)
  delete_if_not_executed,  ///< the key is free again if there certainly was no effect
};

struct options {
  policy keep = policy::store_all;
  std::chrono::nanoseconds lease = std::chrono::seconds(30);  ///< longer than an effect usually takes
  std::chrono::nanoseconds retention =
      std::chrono::hours(24);            ///< from the claim on; longer than clients retry
  std::chrono::nanoseconds wait_max{0};  ///< how long a duplicate waits for the first request before 409
  std::size_t key_length_max = 255;
};

struct recovery {
  std::size_t removed = 0;     ///< expired
  std::size_t resolved = 0;    ///< in progress under a dead owner, now done
  std::size_t unresolved = 0;  ///< of still unknown outcome; the next recovery tries again
  bool operator==(const recovery&) const = default;
};

/// Safe for any number of threads, and for any number of instances (processes) on one table.
class reference {
 public:
  /// `table` must outlive this object.
  explicit reference(store_port& table, const options& chosen = {}) : table_(table), options_(chosen) {}
  virtual ~reference() = default;
  reference(const reference&) = delete;
  reference& operator=(const reference&) = delete;

  /// Handles one request. Exceptions of `run` pass through, and leave the key in progress: the effect may
  /// have happened.
  reply handle(const std::string& user, const std::string& endpoint, const std::string& key,
               const std::string& body_hash, const effect& run);

  /// Resolves what dead owners left and removes what has expired; to be called now and then. An exception of
  /// `again` counts as an unknown outcome.
  recovery recover(const resume& again);

 protected:
  store_port& table() { return table_; }
  const options& chosen() const { return options_; }

  /// The row that a request belongs to.
  virtual record_key row_of(const std::string& user, const std::string& endpoint, const std::string& key,
                            const std::string& /*body_hash*/) const {
    return {user, endpoint, key};
  }

  /// Makes the caller the owner of a row that it found absent; nothing if someone else was faster.
  virtual std::optional<record> claim(const record_key& row, const record& fresh) {
    return table_.insert_if_absent(row, fresh);
  }

  /// Stores the response; false if someone took the row over meanwhile.
  virtual bool complete(const record_key& row, const record& mine, const record& done) {
    return table_.replace_if_unchanged(row, mine.revision, done).has_value();
  }

  /// The effect threw. It may have happened, so the row must stay as it is until the lease is over.
  virtual void effect_threw(const record_key& /*row*/, const record& /*mine*/) {}

 private:
  std::optional<record> take_over(const record_key& row, record left);
  terms claim_terms() const { return {options_.lease, options_.retention}; }
  reply execute(const record_key& row, const record& mine, const effect& run);
  reply settle(const record_key& row, const record& mine, const effect_outcome& outcome);
  reply outcome_of_successor(const record_key& row, const record& mine);
  void announce();
  void wait_for_completion(std::uint64_t seen, clock::time_point until);

  static std::string downstream_key(const record_key& row, const record& mine) {
    return row.user + ':' + row.endpoint + ':' + row.key + '#' + std::to_string(mine.id);
  }
  static reply refuse(reply::kind why, int status, const char* text) { return {why, {status, text}}; }

  store_port& table_;
  const options options_;
  std::mutex waiting_;
  std::condition_variable completed_;
  std::atomic<std::uint64_t> completions_{0};  // changes under waiting_
};

inline reply reference::handle(const std::string& user, const std::string& endpoint, const std::string& key,
                               const std::string& body_hash, const effect& run) {
  if (key.empty() || key.size() > options_.key_length_max) {
    return refuse(reply::kind::missing_key, 400, "Idempotency-Key missing or too long");
  }
  const record_key row = row_of(user, endpoint, key, body_hash);
  const clock::time_point give_up = clock::now() + options_.wait_max;
  for (;;) {
    const std::uint64_t seen =
        completions_.load();  // before the look, so that no completion after it is missed
    const clock::time_point now = clock::now();
    const std::optional<record> found = table_.get(row);
    const bool done = found && found->state == record::phase::done;
    if (!found) {
      const record fresh{.body_hash = body_hash, .claimed_for = claim_terms()};
      if (const auto mine = claim(row, fresh)) return execute(row, *mine, run);
    } else if (done && now >= found->expires_at) {
      table_.erase_if_unchanged(row, found->revision);
    } else if (found->body_hash != body_hash) {
      return refuse(reply::kind::mismatch, 422, "Idempotency-Key used with another request");
    } else if (done) {
      return {reply::kind::replayed, found->reply};
    } else if (now >= found->lease_until) {
      if (const auto mine = take_over(row, *found)) return execute(row, *mine, run);
    } else if (now >= give_up) {
      return refuse(reply::kind::in_progress, 409, "a request with this Idempotency-Key is in progress");
    } else {
      wait_for_completion(seen, std::min(give_up, found->lease_until));
    }
  }
}

inline recovery reference::recover(const resume& again) {
  recovery did;
  const clock::time_point now = clock::now();
  for (const record_key& row : table_.due(now)) {
    const std::optional<record> found = table_.get(row);
    if (!found) continue;
    if (found->state == record::phase::done) {
      if (now >= found->expires_at && table_.erase_if_unchanged(row, found->revision)) ++did.removed;
      continue;
    }
    if (now < found->lease_until) continue;
    const auto mine = take_over(row, *found);
    if (!mine) continue;
    reply got;
    try {
      got = execute(row, *mine, [&](const std::string& downstream) { return again(row, downstream); });
    } catch (const std::exception&) {
      got.what = reply::kind::unknown;
    }
    ++(got.what == reply::kind::unknown ? did.unresolved : did.resolved);
  }
  return did;
}

/// The new owner keeps the row's id, and with it the downstream key.
inline std::optional<record> reference::take_over(const record_key& row, record left) {
  const std::uint64_t revision = left.revision;
  left.resumed = true;
  left.claimed_for = claim_terms();
  return table_.replace_if_unchanged(row, revision, left);
}

inline reply reference::execute(const record_key& row, const record& mine, const effect& run) {
  effect_outcome outcome;
  try {
    outcome = run(downstream_key(row, mine));
  } catch (...) {
    effect_threw(row, mine);
    throw;
  }
  return settle(row, mine, outcome);
}

inline reply reference::settle(const record_key& row, const record& mine, const effect_outcome& outcome) {
  const bool executed = outcome.what == effect_outcome::fate::executed;
  // "Not executed" speaks of this attempt only: the owner from whom the row was taken over may have had its
  // effect.
  if (outcome.what == effect_outcome::fate::unknown || (!executed && mine.resumed)) return {};
  bool settled = false;
  if (!executed && options_.keep == policy::delete_if_not_executed) {
    settled = table_.erase_if_unchanged(row, mine.revision);
  } else {
    record done = mine;
    done.state = record::phase::done;
    done.reply = outcome.reply;
    settled = complete(row, mine, done);
  }
  if (!settled) return outcome_of_successor(row, mine);
  announce();
  return {executed ? reply::kind::completed : reply::kind::not_executed, outcome.reply};
}

/// Our lease ran out and another owner finished the same row, or is about to: its stored response is the one
/// that counts.
inline reply reference::outcome_of_successor(const record_key& row, const record& mine) {
  const std::optional<record> now = table_.get(row);
  if (!now || now->id != mine.id || now->state != record::phase::done) return {};
  return {reply::kind::completed, now->reply};
}

inline void reference::announce() {
  {
    std::lock_guard held(waiting_);
    ++completions_;
  }
  completed_.notify_all();
}

/// Other processes' completions are not announced here: they are noticed at the end of the wait.
inline void reference::wait_for_completion(std::uint64_t seen, clock::time_point until) {
  std::unique_lock held(waiting_);
  completed_.wait_until(held, until, [&] { return completions_.load() != seen; });
}

}  // namespace heddle::targets::idempotency_key_store
