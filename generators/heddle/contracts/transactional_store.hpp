// A transactional store as the contracts drive it, and what they have in common: the operation `transaction`,
// and `final_read` of all rows when all processes have finished, which shows updates that were lost.
//
// Store must have, as heddle::targets::mvcc::version_store does,
//   auto t = begin(bool read_only);  commit(t), put(t, key, value), del(t, key) → status;  abort(t);
//   get(t, key), get_for_update(t, key) → {status code; std::optional<std::int64_t> value}
//   rmw(t, key, change) → {status code; std::int64_t value};
//   scan(t, first, last, matches) → {status code; range of (key, value) pairs value}
// where status is an enumeration with ok, deadlock and serialization_failure, and a failed transaction is
// over. vacuum(), if it exists, collects garbage, which must not show. If t.accesses exists, it must be as in
// heddle::targets::mvcc::access.
//
// The contracts are compiled once, against an interface; for each store there is only an adapter.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <typeinfo>
#include <utility>
#include <vector>

#include <heddle/contracts/transactions.hpp>

namespace heddle::contracts {

/// What the contracts drive.
class transactional_port {
 public:
  virtual ~transactional_port() = default;
  /// One transaction, from begin to commit or abort.
  virtual transactions::outcome transaction(const transactions::script& s) = 0;
};

struct transactional_settings {
  bool autovacuum = false;  ///< garbage is collected after every transaction
};

/// How a store of some type is made.
struct transactional_subject {
  const std::type_info* type = nullptr;  ///< of what `make` returns
  std::function<std::unique_ptr<transactional_port>(const transactional_settings&)> make;
  bool has_vacuum = false;  ///< autovacuum has an effect
};

namespace detail {

namespace tx = transactions;
using end_status = models::mvcc_serializable::status;
using model_statement = models::mvcc_serializable::statement;
using found_rows = std::vector<models::mvcc_serializable::row>;

template <class Status>
end_status ending_for(Status s) {
  if (s == Status::deadlock) return end_status::deadlock;
  if (s == Status::serialization_failure) return end_status::serialization_failure;
  throw std::logic_error("a status that no statement of the script may have");
}

/// One transaction on its way: which statements have run, what they saw.
template <class Store>
class running_transaction {
  using handle = decltype(std::declval<Store&>().begin(true));
  static constexpr bool tells = requires(handle t) { t.accesses; };

 public:
  running_transaction(Store& store, bool read_only) : store_(store), handle_(store.begin(read_only)) {}

  tx::outcome run(const models::mvcc_serializable::script& s) {
    for (const model_statement& each : s.statements) {
      found_rows found;
      const auto failure = execute(each, found);
      record_accesses();
      if (failure) return ended(*failure);
      result_.result.seen.push_back(std::move(found));
    }
    if (s.roll_back) {
      store_.abort(handle_);
      return ended(end_status::rolled_back);
    }
    return ended(failure_of(store_.commit(handle_)).value_or(end_status::committed));
  }

 private:
  template <class Status>
  static std::optional<end_status> failure_of(Status s) {
    return s == Status::ok ? std::nullopt : std::optional(ending_for(s));
  }

  tx::outcome ended(end_status how) {
    result_.result.end = how;
    return std::move(result_);
  }

  std::optional<end_status> execute(const model_statement& s, found_rows& found) {
    using kind = model_statement::kind;
    switch (s.what) {
      case kind::get:
        return look(store_.get(handle_, s.key), s.key, found);
      case kind::get_for_update:
        return look(store_.get_for_update(handle_, s.key), s.key, found);
      case kind::put:
        return failure_of(store_.put(handle_, s.key, s.operand));
      case kind::del:
        return failure_of(store_.del(handle_, s.key));
      case kind::scan:
        return look(s, found);
      case kind::add:
        return change(
            s.key, [&s](std::int64_t v) { return v + s.operand; }, found);
      case kind::append:
        return change(
            s.key, [&s](std::int64_t v) { return v * 16 + s.operand; }, found);
    }
    throw std::logic_error("no such statement");
  }

  template <class Result>
  static std::optional<end_status> look(const Result& got, std::int64_t key, found_rows& found) {
    const auto failure = failure_of(got.code);
    if (!failure && got.value) found.push_back({key, *got.value});
    return failure;
  }

  std::optional<end_status> look(const model_statement& s, found_rows& found) {
    const auto got = store_.scan(handle_, s.key, s.last,
                                 [&s](std::int64_t, std::int64_t value) { return value >= s.operand; });
    const auto failure = failure_of(got.code);
    if (failure) return failure;
    for (const auto& [key, value] : got.value) found.push_back({key, value});
    return std::nullopt;
  }

  template <class Change>
  std::optional<end_status> change(std::int64_t key, const Change& to, found_rows& found) {
    const auto got = store_.rmw(handle_, key, to);
    const auto failure = failure_of(got.code);
    if (!failure) found.push_back({key, got.value});
    return failure;
  }

  void record_accesses() {
    if constexpr (tells) {
      auto& mine = result_.accesses.emplace_back();
      for (; recorded_ < handle_.accesses.size(); ++recorded_) {
        const auto& a = handle_.accesses[recorded_];
        mine.push_back({static_cast<tx::access::kind>(a.what),
                        a.key,
                        a.last,
                        {a.version.writer, a.version.index},
                        {a.replaced.writer, a.replaced.index}});
      }
    }
  }

  Store& store_;
  handle handle_;
  std::size_t recorded_ = 0;
  tx::outcome result_;
};

template <class Store>
concept collects_garbage = requires(Store& s) {
  s.vacuum();
};

template <class Store>
class transactional_adapter final : public transactional_port {
 public:
  template <class Make>
  transactional_adapter(const Make& make, const transactional_settings& settings)
      : store(make()), settings_(settings) {}

  tx::outcome transaction(const tx::script& s) override {
    const auto steps = to_model(s);
    tx::outcome result = running_transaction<Store>(store, steps.read_only).run(steps);
    if constexpr (collects_garbage<Store>)
      if (settings_.autovacuum) store.vacuum();
    return result;
  }

 private:
  Store store;  // reports show the name
  transactional_settings settings_;
};

}  // namespace detail

/// `make`: without arguments; returns a store.
template <class Store, class Make>
transactional_subject transactional(Make make) {
  using adapter = detail::transactional_adapter<Store>;
  return {&typeid(adapter),
          [make = std::move(make)](const transactional_settings& s) {
            return std::make_unique<adapter>(make, s);
          },
          detail::collects_garbage<Store>};
}

template <class Store>
transactional_subject transactional() {
  return transactional<Store>([] { return Store(); });
}

}  // namespace heddle::contracts
