// What the contracts of transactional stores have in common: transactions as people write and read them, how
// they are generated, and how one is run on a store.
//
// A transaction is a script of statements fixed beforehand; its outcome is what each statement returned and
// how it ended. A store that can (`accesses` in its handle) also tells which versions were read and written:
// that is what the dependency graph is made of (isolation_judge.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <rapidcheck/Gen.h>

#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/model.hpp>
#include <heddle/linearizability/value.hpp>
#include <heddle/models/mvcc_serializable.hpp>

namespace heddle::contracts::transactions {

enum class row : std::uint8_t { x, y, z, u };

// The statements; models::mvcc_serializable::statement says what each means.

struct get {
  row key{};
  bool operator==(const get&) const = default;
};
struct scan {
  row first{};
  row last{};
  std::int64_t least = 0;
  bool operator==(const scan&) const = default;
};
struct put {
  row key{};
  std::int64_t value = 0;
  bool operator==(const put&) const = default;
};
struct add {
  row key{};
  std::int64_t by = 0;
  bool operator==(const add&) const = default;
};
struct append {
  row key{};
  std::int64_t digit = 0;
  bool operator==(const append&) const = default;
};
struct del {
  row key{};
  bool operator==(const del&) const = default;
};
struct get_for_update {
  row key{};
  bool operator==(const get_for_update&) const = default;
};
using statement = std::variant<get, scan, put, add, append, del, get_for_update>;

enum class ending : std::uint8_t {
  commit,
  commit_read_only,  ///< begun as read-only
  roll_back,
};

struct script {
  std::vector<statement> statements{};
  ending with = ending::commit;
  bool operator==(const script&) const = default;
};

/// Reads all rows there may be.
script read_everything();

/// The operations of a contract that run transactions come first.
inline constexpr std::uint16_t transaction_operations = 2;

models::mvcc_serializable::statement to_model(const statement& s);
models::mvcc_serializable::script to_model(const script& s);

/// Which scripts are generated.
struct workload {
  std::uint32_t statements_max = 4;
  std::uint32_t rows = 3;                            ///< of which low ones are used more often
  std::uint32_t weights[7] = {1, 1, 1, 1, 1, 1, 1};  ///< of the statements, in the order of the variant
  std::uint32_t decision_percent = 40;  ///< scripts that read first and write then, most anomalies' material
  std::uint32_t read_only_percent = 25;
  std::uint32_t roll_back_percent = 10;
};

/// Scripts shrink to fewer statements, to reads instead of writes, to x and to small values.
rc::Gen<script> scripts(const workload& w);

/// A version of a row: the `index`-th write of that transaction to it. Default: the absence before the first.
struct version {
  std::uint64_t writer = 0;
  std::uint32_t index = 0;
  auto operator<=>(const version&) const = default;
};

/// As the store tells it. A scan is a `range` and a `read` of every row of it that has a version.
struct access {
  enum class kind : std::uint8_t { read, range, write };
  kind what = kind::read;
  std::int64_t key = 0;   ///< or the first of a range
  std::int64_t last = 0;  ///< of a range
  version seen{};         ///< or made
  version replaced{};     ///< by a write: its direct predecessor
  bool operator==(const access&) const = default;
};

/// How a transaction went. Only what the client saw is printed: "outcome{committed, [none, 3, {x: 1}]}".
struct outcome {
  using seen_by_client = models::mvcc_serializable::transaction_result;

  seen_by_client result{};
  std::vector<std::vector<access>> accesses{};  ///< per statement; empty if the store does not tell
  bool operator==(const outcome&) const = default;

  models::mvcc_serializable::status end() const { return result.end; }
  std::vector<value> shown() const;

  friend auto heddle_fields(const outcome&) { return fields("", &outcome::end, "", &outcome::shown); }
  friend std::uint64_t heddle_hash(const outcome& o);
};

/// The part of an observation that the models speak of. It refers to `o`.
inline observed<outcome::seen_by_client> client_view(const observed<outcome>& o) {
  using view = observed<outcome::seen_by_client>;
  if (o.returned()) return view::returned(o.value().result);
  if (o.threw()) return view::threw(o.exception());
  return view::nothing();
}

// --- Running a script on a store
// ----------------------------------------------------------------------------------
//
// Store must have, as heddle::targets::mvcc::version_store does,
//   auto t = begin(bool read_only);  commit(t), put(t, key, value), del(t, key) → status;  abort(t);
//   get(t, key), get_for_update(t, key) → {status code; std::optional<std::int64_t> value}
//   rmw(t, key, change) → {status code; std::int64_t value};
//   scan(t, first, last, matches) → {status code; range of (key, value) pairs value}
// where status is an enumeration with ok, deadlock and serialization_failure, and a failed transaction is
// over. If t.accesses exists, it must be as in heddle::targets::mvcc::access.

namespace detail {

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

  outcome run(const models::mvcc_serializable::script& s) {
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

  outcome ended(end_status how) {
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
        mine.push_back({static_cast<access::kind>(a.what),
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
  outcome result_;
};

}  // namespace detail

/// One transaction, from begin to commit or abort.
template <class Store>
outcome run(Store& store, const script& s) {
  const auto steps = to_model(s);
  return detail::running_transaction<Store>(store, steps.read_only).run(steps);
}

}  // namespace heddle::contracts::transactions

// Instantiated once, in transactions.cpp: they make up most of what a contract costs to compile.
namespace heddle {
extern template value to_value(const contracts::transactions::script&);
extern template value to_value(const contracts::transactions::outcome&);
extern template value to_value(const models::mvcc_serializable&);
namespace detail {
extern template contracts::transactions::script read(const value&, const value_path&);
}
}  // namespace heddle
