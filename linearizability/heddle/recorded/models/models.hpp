// The models that recorded histories are judged by, each by a name. Names and values of operations follow
// Jepsen where it has them.
#pragma once

#include <span>
#include <string_view>

#include <heddle/recorded/model.hpp>

namespace heddle::recorded {

/// All of them.
std::span<const model> models();
/// Null if there is none of that name.
const model* find_model(std::string_view name);

namespace models_by_kind {

model plain_register();
model cas_register();
model multi_register();
model register_transactions();
model key_value();

model mutex();
model reentrant_mutex();
model semaphore();

model counter();

model set();
model multiset();

model fifo_queue();
model stack();
model priority_queue();

model list_append();

}  // namespace models_by_kind

}  // namespace heddle::recorded
