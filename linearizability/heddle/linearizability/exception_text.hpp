// How exceptions are written wherever they are results: "namespace::type: what".
#pragma once

#include <exception>
#include <string>

namespace heddle {

/// "type: what" of a std::exception, only the type's name of anything else. Precondition: not null.
std::string exception_text(const std::exception_ptr& exception);

}  // namespace heddle
