// Contract of stores of idempotency keys: one effect and one response per (user, endpoint, key), whatever is
// repeated, crashes, or loses its reply on the way.
//
//     heddle::check(heddle::contracts::idempotency_key_store(make));
//
// `make(settings, world)` returns an idempotency_port around the store under test. The port runs the effects
// that it is given by world.run_effect(…), and calls world.before_table_call() before each access to its
// durable table: that is where a generated request may kill its process.
//
// The world's downstream deduplicates by the downstream key, as the pattern assumes; its ledger counts
// effects per request, and is read when everything has come to rest.
//
// Generated: two users, two keys, two bodies; effects that succeed, are refused, lose their reply or throw
// before or after they took place; crashes before and after the effect and before any access to the table;
// steps of the clock around the lease, around a client's retry after six seconds, and around the expiry.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <heddle/generators/contract.hpp>
#include <heddle/models/idempotency_key_store.hpp>

namespace heddle::contracts {

struct idempotency_settings {
  bool store_all = true;  ///< false: a key whose effect certainly did not happen is free again
  std::chrono::nanoseconds lease{};
  std::chrono::nanoseconds retention{};
};

/// What befalls one request.
enum class mishap : std::uint8_t {
  none,
  refused,      ///< the downstream says no: certainly no effect
  lost_before,  ///< no answer, and no effect
  lost_after,   ///< no answer, but the effect took place
  throws_before,
  throws_after,
  crash_before_effect,
  crash_after_effect,
  crash_at_table_call,  ///< the process dies before its n-th access to the table
};

/// One try of a request, as it is generated.
struct attempt {
  std::string body{};
  mishap what_happens = mishap::none;
  std::uint32_t table_call = 1;  ///< n of crash_at_table_call
};

struct idempotent_request {
  models::idempotency_key_store::scope of{};
  attempt how{};
};

/// What surrounds the store: the downstream system with its ledger, and sudden death.
class idempotency_world {
 public:
  struct answer {
    enum class fate : std::uint8_t { executed, not_executed, unknown };
    fate what = fate::unknown;
    std::string body{};
  };

  /// Performs the effect of `r` under this downstream key, with the request's mishap.
  answer run_effect(const idempotent_request& r, const std::string& downstream_key);
  /// Performs or looks up the effect of a request whose owner is gone.
  answer resume(const models::idempotency_key_store::scope& of, const std::string& downstream_key);
  /// To be called before each access of the durable table on behalf of `r`.
  void before_table_call(const idempotent_request& r, std::uint32_t& calls_made) const;

  /// Effects that took place for a request.
  std::uint32_t effects(const models::idempotency_key_store::scope& of) const;

 private:
  std::string charge(const models::idempotency_key_store::scope& of, const std::string& downstream_key);

  mutable std::mutex mutex_;
  std::map<std::string, std::string> charged_;  ///< downstream key → response
  std::map<models::idempotency_key_store::scope, std::uint32_t> ledger_;
};

class idempotency_port {
 public:
  virtual ~idempotency_port() = default;
  virtual models::idempotency_key_store::reply handle(const idempotent_request& r) = 0;
  virtual void recover() = 0;
};

using make_idempotency =
    std::function<std::unique_ptr<idempotency_port>(const idempotency_settings&, idempotency_world&)>;

/// What the contract drives: the store in its world.
struct idempotency_fixture {
  std::unique_ptr<idempotency_world> world;
  std::unique_ptr<idempotency_port> store;
};

using idempotency_contract = contract<idempotency_fixture, models::idempotency_key_store>;

/// Linearizable to models::idempotency_key_store; exactly-once effect, decided on the ledger at the end.
idempotency_contract idempotency_key_store(make_idempotency make, std::string name = "idempotency_key_store");

}  // namespace heddle::contracts
