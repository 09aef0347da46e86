// A sequential model that recorded histories are judged by: the names of its operations, how their arguments
// and answers are written, and what they do.
//
//   struct cell {
//     value now;
//     value read() const { return now; }
//     void write(const value& v) { now = v; }
//     bool operator==(const cell&) const = default;
//   };
//   const model m = model_of<cell>("register", "one cell that is read and written")
//                       .operation<value()>({"read", "", "the value"}, &cell::read)
//                       .operation<void(value)>({"write", "value", ""}, &cell::write)
//                       .finish();
//   const judgement j = judge(m, h, {});
//
// The convention, for all models: an operation that takes several arguments has a list of them; one that
// answers nothing may say anything when it completes; one that answers yes or no (bool) says `false` for no
// and anything else for yes; answering no changes nothing. Functions of models take one of the forms of
// sequential.hpp. Types of arguments and answers that are written in a way of their own have
//
//   static T decode(const value&)                 throws value_error
//   static constexpr bool is_yes_or_no, shown()   of answers that may be `false` for no, as bool; T() is the
//                                                 answer of a call that need not say
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <heddle/linearizability/model_space.hpp>
#include <heddle/linearizability/sequential.hpp>
#include <heddle/monitors/monitors.hpp>
#include <heddle/recorded/history.hpp>
#include <heddle/recorded/judgement.hpp>
#include <heddle/recorded/transactions.hpp>

namespace heddle::recorded {

struct operation_text {
  std::string name;
  std::string argument;  ///< how it is written, empty if there is none
  std::string answer;
  std::string meaning = "";
  /// It concerns nothing but the element that its argument names: histories of such operations alone are
  /// judged element by element.
  bool elementwise = false;
  /// If it is `overwrites` or `grows`, which nobody can see from the function.
  linearizability::effect known = linearizability::effect::unknown;
};

/// What was seen of one call.
struct sighted_call {
  std::size_t operation = 0;  ///< index
  const value& argument;
  value_id argument_id = null_value;
  const value* result = nullptr;  ///< null: unknown
  value_id result_id = never;     ///< `never`: unknown
  std::uint32_t process = 0;
};

/// The states of one model and the calls of one history as symbols.
class call_space {
 public:
  virtual ~call_space() = default;
  virtual linearizability::transition_system& transitions() = 0;
  /// Equal calls have one symbol. Throws value_error about the argument, wrong_answer about the result.
  virtual linearizability::symbol_id symbol(const sighted_call& call) = 0;
  /// False if an unknown outcome of the operation says nothing: it only observes.
  virtual bool may_change(std::size_t operation) const = 0;
  virtual value describe(linearizability::state_id state) const = 0;
  /// What the model would answer in that state; nothing where it cannot tell.
  virtual std::optional<value> answer(linearizability::state_id state, const sighted_call& call) const = 0;
};

/// A completion says something that its operation cannot answer.
struct wrong_answer {
  value_error what;
};

/// Calls `visit` for each register that a call reads or writes; their keys are null where there is one only.
/// `result` is null if it is not known. False if the call does anything else. Throws value_error if the
/// result does not fit the argument.
using register_notation =
    std::function<bool(const std::string& operation, const value& argument, const value* result,
                       const std::function<void(const micro_operation&)>& visit)>;

struct model {
  std::string name;
  std::string summary;
  std::vector<operation_text> operations;
  std::string initial;  ///< what judge_options::initial means; empty if it may not be given
  /// Keys may be written as the first of a pair: [key value], or alone; every operation has one.
  bool keyed = false;
  /// The monitor that may decide, which knows the operations by the names they have here.
  std::optional<monitors::object> monitor = std::nullopt;
  /// The general search's view; `initial` as in judge_options.
  std::function<std::unique_ptr<call_space>(const std::optional<value>& initial)> make_space;
  /// If set, decides before everything else where judge_options::monitors allows it, without a witness. If it
  /// cannot tell, it says nothing and the search decides.
  std::function<std::optional<judgement>(history&, const judge_options&)> judge_whole;
  /// Its operations are transactions: judge_options::level may be another than strict serializability, if
  /// judge_whole is to decide.
  bool transactional = false;
  /// How its operations read and write registers; unset if they do not. The conditions that are about
  /// registers (condition.hpp) are defined for such models only.
  register_notation as_registers = nullptr;
};

/// What a history without a violation is: "linearizable", "sequentially consistent", "strict serializable".
std::string satisfied(const model& m, const judge_options& options);

/// Judges object by object: operations with different keys are about different objects. Throws history_error
/// if an operation is none of the model's or is written otherwise than it says, or if the condition is not
/// defined for it; std::invalid_argument if the options ask for what the model does not have. Adds values to
/// `h`.
judgement judge(const model& m, history& h, const judge_options& options = {});

// --- How models are written

namespace detail {

template <class T>
T decode(const value& v) {
  if constexpr (requires { T::decode(v); }) {
    return T::decode(v);
  } else {
    return from_value<T>(v);
  }
}

template <class Model>
struct bound_operation {
  using step = typename linearizability::model_space<Model>::step;
  bool per_caller = false;
  bool refuses = false;  ///< `false` means no
  linearizability::effect known = linearizability::effect::unknown;
  /// The result as far as it matters, null if it is not known: `result` itself; or made, always; or null if
  /// not knowing is different from any result. Throws value_error.
  std::function<const value*(const value* result, value& made)> normalised;
  /// `result` is null if nothing is known.
  std::function<step(const value& argument, const value* result, caller who)> bind;
  std::function<std::optional<value>(const Model& from, const value& argument, caller who)> answer;
  /// If set: transition_system::may_become_enabled; `grown_by` is the argument of what grows first, or null.
  std::function<bool(const Model& from, const value* grown_by, const value& result)> may_come_to_see =
      nullptr;
};

template <class... Args, std::size_t... index>
std::tuple<Args...> decode_list(std::span<const value> items, std::index_sequence<index...>) {
  return {decode<Args>(items[index])...};
}

template <class... Args>
std::tuple<Args...> decode_arguments(const value& argument) {
  constexpr std::size_t count = sizeof...(Args);
  if constexpr (count == 0) {
    return {};
  } else if constexpr (count == 1) {
    return {decode<Args>(argument)...};
  } else {
    if (!argument.is(value::kind::list) || argument.items().size() != count) {
      throw value_error("", "a list of " + std::to_string(count), to_text(argument));
    }
    return decode_list<Args...>(argument.items(), std::make_index_sequence<count>{});
  }
}

template <class R>
linearizability::sighting<R> decode_result(const value& result) {
  if constexpr (std::same_as<R, bool>) {
    return linearizability::sighting<R>::returned(!(result == value::boolean(false)));
  } else {
    return linearizability::sighting<R>::returned(decode<R>(result));
  }
}

template <class R>
concept yes_or_no = std::same_as<R, bool> || requires {
  R::is_yes_or_no;
};

/// An operation of unknown outcome that would answer no need not be placed. So it is as one that answers yes;
/// calls that are the same to the model should be the same to the search.
template <class R>
const value* normalised_result(const value* result, value& made) {
  if constexpr (std::is_void_v<R>) {
    made = value();
  } else if constexpr (std::same_as<R, bool>) {
    made = value::boolean(result == nullptr || !(*result == value::boolean(false)));
  } else if constexpr (yes_or_no<R>) {
    made = (result == nullptr ? R() : decode<R>(*result)).shown();
  } else {
    if constexpr (!std::same_as<R, value>) {
      if (result != nullptr) decode<R>(*result);
    }
    return result;
  }
  return &made;
}

template <class Model, class R, class... Args, class F>
bound_operation<Model> bind_operation(F f) {
  using linearizability::sighting;
  using linearizability::detail::parameters;
  constexpr parameters taken = linearizability::detail::parameters_of<Model, F, R, Args...>();
  bound_operation<Model> bound;
  bound.per_caller = taken == parameters::from_caller || taken == parameters::of_both;
  bound.refuses = yes_or_no<R>;
  bound.known = linearizability::model_effect<Model, F, R, Args...>;
  bound.normalised = normalised_result<R>;
  bound.bind = [f](const value& argument, const value* result, caller who) {
    sighting<R> seen = sighting<R>::nothing();
    if constexpr (std::is_void_v<R>) {
      seen = sighting<R>::returned();
    } else {
      if (result != nullptr) seen = decode_result<R>(*result);
    }
    return linearizability::model_step<Model, R>(f, who, decode_arguments<Args...>(argument),
                                                 std::move(seen));
  };
  bound.answer = [f](const Model& from, const value& argument, caller who) {
    return linearizability::expected_answer<R>(f, from, who, decode_arguments<Args...>(argument));
  };
  return bound;
}

template <class Signature>
struct operation_signature;

template <class R, class... Args>
struct operation_signature<R(Args...)> {
  template <class Model, class F>
  static bound_operation<Model> bind(F f) {
    return bind_operation<Model, R, Args...>(std::move(f));
  }
};

/// The symbols of calls; what does not depend on the model's type.
class symbol_table {
 public:
  struct key {
    std::size_t operation;
    value_id argument;
    value_id result;  ///< `never` if unknown
    std::uint32_t process;
    bool operator==(const key&) const = default;
  };
  /// `never` if it has none.
  linearizability::symbol_id find(const key& k) const;
  /// Precondition: it has none.
  void insert(const key& k, linearizability::symbol_id symbol);

 private:
  struct numbered {
    key of;
    linearizability::symbol_id symbol;
  };
  std::vector<numbered> keys_;
  linearizability::probe_table index_;
};

template <class Model>
class bound_space final : public call_space {
 public:
  bound_space(std::shared_ptr<const std::vector<bound_operation<Model>>> operations, Model initial)
      : operations_(std::move(operations)), space_(std::move(initial)) {}

  linearizability::transition_system& transitions() override { return space_; }
  bool may_change(std::size_t operation) const override {
    return (*operations_)[operation].known != linearizability::effect::observes;
  }

  linearizability::symbol_id symbol(const sighted_call& call) override {
    const bound_operation<Model>& op = (*operations_)[call.operation];
    const auto key = key_of(op, call, call.result_id);
    linearizability::symbol_id symbol = as_sighted_.find(key);
    if (symbol != never) return symbol;
    value made;
    const value* seen = normalised(op, call, made);
    symbol = seen == &made ? symbol_of_made(op, call, made) : add(op, call, seen);
    as_sighted_.insert(key, symbol);
    return symbol;
  }

  value describe(linearizability::state_id state) const override {
    if constexpr (requires(const Model& m) { m.shown(); }) {
      return space_.state(state).shown();
    } else {
      return space_.describe(state);
    }
  }

  std::optional<value> answer(linearizability::state_id state, const sighted_call& call) const override {
    return (*operations_)[call.operation].answer(space_.state(state), call.argument, {call.process});
  }

 private:
  static symbol_table::key key_of(const bound_operation<Model>& op, const sighted_call& call,
                                  value_id result) {
    return {call.operation, call.argument_id, result, op.per_caller ? call.process : 0};
  }

  linearizability::symbol_id symbol_of_made(const bound_operation<Model>& op, const sighted_call& call,
                                            const value& made) {
    const auto key = key_of(op, call, results_.intern(made));
    linearizability::symbol_id symbol = as_made_.find(key);
    if (symbol != never) return symbol;
    symbol = add(op, call, &made);
    as_made_.insert(key, symbol);
    return symbol;
  }

  linearizability::symbol_id add(const bound_operation<Model>& op, const sighted_call& call,
                                 const value* seen) {
    const bool refused = op.refuses && seen && *seen == value::boolean(false);
    typename linearizability::model_space<Model>::outlook outlook;
    if (op.may_come_to_see && seen) {
      outlook = [this, &may = op.may_come_to_see, result = *seen](const Model& m,
                                                                  linearizability::symbol_id growing) {
        return may(m, growing == never ? nullptr : &grown_by_[growing], result);
      };
    }
    const linearizability::symbol_id symbol =
        space_.add_symbol(op.bind(call.argument, seen, {call.process}),
                          refused ? linearizability::effect::observes : op.known, std::move(outlook));
    if (op.known == linearizability::effect::grows) {
      grown_by_.resize(symbol + std::size_t{1});
      grown_by_.back() = call.argument;
    }
    return symbol;
  }

  static const value* normalised(const bound_operation<Model>& op, const sighted_call& call, value& made) {
    try {
      return op.normalised(call.result, made);
    } catch (const value_error& e) {
      op.bind(call.argument, nullptr, {});  // if the argument is wrong too, that comes first
      throw wrong_answer{e};
    }
  }

  std::shared_ptr<const std::vector<bound_operation<Model>>> operations_;
  linearizability::model_space<Model> space_;
  symbol_table as_sighted_;  ///< results by the history's numbers
  symbol_table as_made_;     ///< normalised results that were made, by the numbers that they have here
  value_table results_;
  std::vector<value> grown_by_;  ///< by symbol: arguments of operations that grow
};

}  // namespace detail

/// Collects a model's operations.
template <class Model>
class model_of {
 public:
  model_of(std::string name, std::string summary) {
    made_.name = std::move(name);
    made_.summary = std::move(summary);
  }

  /// Signature: as R(Args…), what the operation takes and answers; `f`: a model function for it.
  template <class Signature, class F>
  model_of& operation(operation_text text, F f) {
    operations_.push_back(detail::operation_signature<Signature>::template bind<Model>(std::move(f)));
    if (text.known != linearizability::effect::unknown) operations_.back().known = text.known;
    made_.operations.push_back(std::move(text));
    return *this;
  }

  /// The last operation sees what grows: `may`(state, grown_by, result) is false if no operations that are
  /// known to grow lead from that state to one with that result. If `grown_by` is not null, the first of them
  /// has that argument.
  model_of& seeing_growth(bool (*may)(const Model& from, const value* grown_by, const value& result)) {
    operations_.back().may_come_to_see = may;
    return *this;
  }

  /// The object may start otherwise than Model{}: `make` throws value_error if it cannot.
  model_of& starts_from(std::string meaning, std::function<Model(const value&)> make) {
    made_.initial = std::move(meaning);
    start_ = std::move(make);
    return *this;
  }

  model_of& monitored_as(monitors::object type) {
    made_.monitor = type;
    return *this;
  }

  model_of& keyed() {
    made_.keyed = true;
    return *this;
  }

  /// Its operations are transactions, judged by their dependencies.
  model_of& judged_as_transactions(transaction_notation notation) {
    made_.transactional = true;
    made_.judge_whole = [notation = std::move(notation)](history& h, const judge_options& options) {
      return judge_transactions(notation, h, options);
    };
    return *this;
  }

  model_of& read_and_written_by(register_notation notation) {
    made_.as_registers = std::move(notation);
    return *this;
  }

  model finish() {
    auto shared = std::make_shared<const std::vector<detail::bound_operation<Model>>>(std::move(operations_));
    made_.make_space = [shared, start = start_](const std::optional<value>& initial) {
      return std::make_unique<detail::bound_space<Model>>(shared, initial ? start(*initial) : Model{});
    };
    return std::move(made_);
  }

 private:
  model made_;
  std::vector<detail::bound_operation<Model>> operations_;
  std::function<Model(const value&)> start_;
};

}  // namespace heddle::recorded
