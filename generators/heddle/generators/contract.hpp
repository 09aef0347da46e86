// How a user says what is to be verified: which operations the component has, how their arguments are
// generated, and the sequential model that each is compared with.
//
//     heddle::contract<HitLimiter, LimiterModel>("limiter")
//         .operation("try_acquire", &HitLimiter::try_acquire, &LimiterModel::try_acquire, rc::gen::inRange(1,
//         4))
//
// An implementation's operation is a member function pointer, or a callable (Implementation&, arguments…) or
// (Implementation&, Session&, arguments…), where a Session is what one process keeps between its calls
// (tickets, open transactions). A model's operation takes one of the forms of
// <heddle/linearizability/model.hpp>. Results must be copyable, comparable with == and printable (value.hpp).
//
// Mistakes in a contract are compile errors of one line where the compiler can see them; the rest is reported
// by check() with the contract's name and the mend.
#pragma once

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <typeinfo>
#include <utility>
#include <variant>

#include <heddle/generators/condition_judges.hpp>
#include <heddle/generators/contract_definition.hpp>
#include <heddle/generators/typed_operation.hpp>

namespace heddle {

/// A session for operations that need none.
struct no_session {};

/// A contract under construction. Copies share what they describe.
template <class Implementation, class Model, class Session = no_session>
class contract {
  static constexpr bool has_usable_model = model_state<Model>;

 public:
  explicit contract(std::string name) : definition_(std::make_shared<contract_definition>()) {
    require_model_state<Model>();
    static_assert(std::default_initializable<Session>, "heddle: a session must have a default constructor");
    definition_->name = std::move(name);
    definition_->subject_type = &typeid(Implementation);
    definition_->subject_bytes = std::is_empty_v<Implementation> ? 0 : sizeof(Implementation);
    definition_->model_keeps_time = detail::timed_model<Model>;
    definition_->make_session = [] { return own(new Session()); };
    if constexpr (std::default_initializable<Implementation>)
      definition_->make_subject = [](const arguments&) { return own(new Implementation()); };
    if constexpr (has_usable_model && std::default_initializable<Model>)
      definition_->make_specification = [](const arguments&) { return specify(Model()); };
  }

  /// An operation that is one atomic step for the model. One generator per argument.
  template <class F, class Step, class... G>
  contract& operation(std::string name, F f, Step model, G... generators) {
    if constexpr (require_step<F, Step, false>())
      add(std::move(name), std::move(f), std::tuple(std::move(model)), generators...);
    return *this;
  }

  /// An operation that is two atomic steps for the model, both within the call: a request, and later its
  /// grant. Only the second need account for the result.
  template <class F, class Request, class Grant, class... G>
  contract& operation_in_two_steps(std::string name, F f, Request request, Grant grant, G... generators) {
    if constexpr (require_step<F, Request, true>() && require_step<F, Grant, false>())
      add(std::move(name), std::move(f), std::tuple(std::move(request), std::move(grant)), generators...);
    return *this;
  }

  // --- Of the operation added last

  /// How often it is generated, relative to the others (1).
  contract& weight(double w) {
    last().weight = w;
    return *this;
  }
  /// It may wait: not returning is a failure only if the model says that it could go on.
  contract& may_block() {
    last().may_block = true;
    return *this;
  }
  /// Its `index`-th argument names one of many independent objects, which are then checked one by one.
  contract& keyed(std::size_t index = 0) {
    last().keyed = index;
    return *this;
  }

  /// It does nothing but read a register (or nothing but write one): what causal consistency and the session
  /// guarantees have to know. Where there are several registers, the `key`-th argument names the one; the one
  /// that is written gets the `value`-th argument. Generate many different values: a history in which a value
  /// is written twice to a register is not judged.
  contract& reads(std::optional<std::size_t> key = std::nullopt) {
    last().registers = register_use{.key = key};
    return *this;
  }
  contract& writes(std::size_t value, std::optional<std::size_t> key = std::nullopt) {
    last().registers = register_use{.writes = true, .written = value, .key = key};
    return *this;
  }
  /// It reads several registers at one moment: the result is a map from their names to what they hold.
  contract& reads_several() {
    last().registers = register_use{.several = true};
    return *this;
  }

  // --- Of the contract

  /// Generated configurations: `make` gives the implementation (or a unique_ptr to it), `model` the model.
  template <class Generator, class Make, class MakeModel>
  contract& configured_by(const Generator& generator, Make make, MakeModel model) {
    using Config = typename Generator::ValueType;
    static_assert(describable<Config>, "heddle: a configuration must be printable: make it an aggregate");
    definition_->generate_configuration = detail::erase_generator<Config>(generator);
    definition_->describe_configuration = [](const arguments& c) { return to_value(detail::as<Config>(c)); };
    definition_->parse_configuration = [](const value& v) { return detail::erase(from_value<Config>(v)); };
    definition_->make_subject = [make](const arguments& c) {
      if constexpr (requires {
                      { make(detail::as<Config>(c)) } -> std::convertible_to<std::unique_ptr<Implementation>>;
                    })
        return own(make(detail::as<Config>(c)).release());
      else
        return own(new Implementation(make(detail::as<Config>(c))));
    };
    definition_->make_specification = [model](const arguments& c) {
      return specify(model(detail::as<Config>(c)));
    };
    return *this;
  }

  /// Steps of the clock that programs make: a generator of nanoseconds. The model must have `advance`.
  template <class Generator>
  contract& time_steps(const Generator& nanoseconds) {
    static_assert(detail::timed_model<Model>,
                  "heddle: time_steps needs a model with void advance(std::chrono::nanoseconds)");
    definition_->add_time_steps(detail::erase_generator<std::chrono::nanoseconds>(nanoseconds), false);
    return *this;
  }

  /// Steps, perhaps backwards, of std::chrono::system_clock alone: a contract that tolerates them.
  template <class Generator>
  contract& wall_clock_steps(const Generator& nanoseconds) {
    definition_->add_time_steps(detail::erase_generator<std::chrono::nanoseconds>(nanoseconds), true);
    return *this;
  }

  /// Must hold of the implementation when all processes have finished.
  template <class Predicate>
  contract& invariant(std::string name, Predicate holds) {
    definition_->invariants.push_back(
        {std::move(name), [holds](void* subject) { return holds(*static_cast<Implementation*>(subject)); }});
    return *this;
  }

  /// A call made when all processes have finished; it is judged with the rest: leaks show here. Counts as an
  /// operation that programs do not generate.
  template <class F, class Step, class... A>
  contract& finally(std::string name, F f, Step model, A... with) {
    using tuple = typename detail::implementation<F, Implementation, Session>::argument_tuple;
    require_step<F, Step, false>();
    const arguments given = detail::erase(tuple(std::move(with)...));
    add_operation(std::move(name), std::move(f), std::tuple(std::move(model)), detail::always(given));
    last().weight = 0;
    definition_->epilogue.emplace_back(static_cast<std::uint16_t>(definition_->operations.size() - 1), given);
    return *this;
  }

  /// The contract's own glue kills processes (environment.hpp).
  contract& may_crash() {
    definition_->may_crash = true;
    return *this;
  }

  contract& shape(program_shape s) {
    definition_->shape = s;
    return *this;
  }

  /// The type whose members reports name, if Implementation is only an interface to what is made: a class
  /// derived from it, at the same address.
  contract& subject_is(const std::type_info& type) {
    definition_->subject_type = &type;
    return *this;
  }

  /// Another condition than linearizability. Causal consistency and the session guarantees are about reads
  /// and writes: every operation must be said to be one (reads, writes), and of the model only what they
  /// would answer at first is asked.
  contract& condition(heddle::condition c) {
    return condition(satisfied(c), negated(satisfied(c)), judge_of(c));
  }

  /// A condition of one's own: its name, the headline when it is violated, and who decides.
  contract& condition(std::string name, std::string violated, judge decide) {
    definition_->condition = std::move(name);
    definition_->violated = std::move(violated);
    definition_->decide = std::move(decide);
    return *this;
  }

  std::shared_ptr<const contract_definition> definition() const { return definition_; }

 private:
  template <class T>
  static erased_object own(T* object) {
    return {object, [](void* o) { delete static_cast<T*>(o); }};
  }

  static std::unique_ptr<specification> specify(Model initial) {
    return std::make_unique<detail::typed_specification<Model>>(std::move(initial));
  }

  heddle::operation& last() { return *definition_->operations.back(); }

  template <class F, class Step, bool is_request>
  static constexpr bool require_step() {
    static_assert(detail::has_signature<F>,
                  "heddle: name one overload: an operation must be a member function or a callable that is "
                  "not generic");
    if constexpr (has_usable_model && detail::has_signature<F>) {
      using traits = detail::implementation<F, Implementation, Session>;
      using result = typename traits::result;
      constexpr bool plain = std::copyable<result> && std::equality_comparable<result> && describable<result>;
      static_assert(
          plain,
          "heddle: an operation's result must be copyable, comparable and printable; return plain data from "
          "a lambda instead");
      if constexpr (plain)
        return detail::require_fitting<Model, Step, typename traits::model_result, is_request>(
            static_cast<typename traits::argument_tuple*>(nullptr));
    }
    return false;
  }

  template <class F, class Steps, class... G>
  void add(std::string name, F f, Steps steps, const G&... generators) {
    using tuple = typename detail::implementation<F, Implementation, Session>::argument_tuple;
    constexpr tuple* shape = nullptr;
    constexpr bool are_generators = (detail::generates<G> && ...);
    static_assert(are_generators,
                  "heddle: what follows the model's function are generators: rc::gen::…, simplest_first, …");
    if constexpr (are_generators)
      if constexpr (detail::require_generators(shape, std::type_identity<typename G::ValueType>()...))
        add_operation(std::move(name), std::move(f), std::move(steps),
                      detail::erase_generators(shape, generators...));
  }

  template <class F, class... Steps>
  void add_operation(std::string name, F f, std::tuple<Steps...> steps, rc::Gen<arguments> generator) {
    definition_->operations.push_back(
        std::make_unique<detail::typed_operation<Implementation, Session, Model, F, Steps...>>(
            std::move(name), std::move(f), std::move(steps), std::move(generator)));
  }

  std::shared_ptr<contract_definition> definition_;
};

}  // namespace heddle
