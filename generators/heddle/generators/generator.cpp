#include <utility>

#include <rapidcheck/Random.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/seq/Operations.h>
#include <rapidcheck/seq/Transform.h>
#include <rapidcheck/shrinkable/Create.h>

#include <heddle/generators/generator.hpp>

namespace heddle::detail {
namespace {

using part = rc::Shrinkable<erased_value>;

// Parts each of which can be replaced by a simpler one.
class composite {
 public:
  composite(assemble_values assemble, std::vector<part> parts)
      : assemble_(assemble), parts_(std::move(parts)) {}

  erased_value value() const {
    std::vector<erased_value> values;
    for (const part& p : parts_) values.push_back(p.value());
    return assemble_(values);
  }

  rc::Seq<part> shrinks() const {
    rc::Seq<part> all;
    for (std::size_t i = 0; i < parts_.size(); ++i)
      all =
          rc::seq::concat(std::move(all), rc::seq::map(parts_[i].shrinks(), [from = *this, i](part simpler) {
                            std::vector<part> parts = from.parts_;
                            parts[i] = std::move(simpler);
                            return rc::makeShrinkable<composite>(from.assemble_, std::move(parts));
                          }));
    return all;
  }

 private:
  assemble_values assemble_;
  std::vector<part> parts_;
};

}  // namespace

rc::Gen<erased_value> choose(std::vector<erased_value> values) {
  const std::size_t count = values.size();
  return rc::gen::map(rc::gen::inRange<std::size_t>(0, count),
                      [values = std::move(values)](std::size_t index) { return values[index]; });
}

rc::Gen<erased_value> combine(assemble_values assemble, std::vector<rc::Gen<erased_value>> parts) {
  return [assemble, parts = std::move(parts)](const rc::Random& random, int size) {
    rc::Random source = random;
    std::vector<part> drawn;
    for (const auto& each : parts) drawn.push_back(each(source.split(), size));
    return rc::makeShrinkable<composite>(assemble, std::move(drawn));
  };
}

rc::Gen<erased_value> convert(rc::Gen<erased_value> gen, erased_value (*to)(const erased_value&)) {
  return rc::gen::map(std::move(gen), to);
}

rc::Gen<erased_value> always(erased_value v) {
  return [v = std::move(v)](const rc::Random&, int) { return rc::shrinkable::just(v); };
}

}  // namespace heddle::detail
