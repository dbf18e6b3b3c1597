"""Reading English text: sentences, words, names, numbers and times. No model, no article: text in, readings out."""
