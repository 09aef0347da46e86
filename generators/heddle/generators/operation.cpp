#include <utility>

#include <heddle/generators/operation.hpp>
#include <heddle/linearizability/hash.hpp>

namespace heddle {

operation::operation(std::string name, const argument_types& takes, const result_type& answers,
                     std::vector<linearizability::effect> effects, rc::Gen<arguments> generator)
    : name_(std::move(name)),
      takes_(takes),
      answers_(answers),
      effects_(std::move(effects)),
      generator_(std::move(generator)) {}

value operation::describe_result(const observation& seen) const {
  if (seen.what == observation::kind::threw) return value::symbol("throws " + seen.exception);
  if (seen.what == observation::kind::nothing) return value::symbol("?");
  return answers_.describe(seen.result.get());
}

std::uint64_t operation::hash_result(const observation& seen) const {
  if (seen.what == observation::kind::returned) return answers_.hash(seen.result.get());
  return hash_of(seen.exception) + static_cast<std::uint64_t>(seen.what);
}

std::vector<linearizability::symbol_id> operation::symbols(specification& model, caller who,
                                                           const arguments& a,
                                                           const observation& seen) const {
  std::vector<linearizability::symbol_id> steps;
  for (std::size_t step = 0; step < effects_.size(); ++step)
    steps.push_back(model.call(*this, step, who, a, seen));
  return steps;
}

}  // namespace heddle
